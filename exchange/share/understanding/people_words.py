"""Words for people: roles in a family and at work, what each may also be called, and common first names.

Promises: plain data. A role that includes others (a *parent* may be the mother or the father) says so.
Never: who somebody is. A name stands for itself.
"""

from __future__ import annotations

from exchange.share.understanding.wordlists import words

# role: the words for it. "parent" and "child" and the like are wider words, see WIDER.
FAMILY = """
mother: mother, mum, mam, mummy, mom, ma
father: father, dad, daddy
stepfather: stepfather, stepdad, step father, step dad
stepmother: stepmother, stepmum, step mother, step mum
grandmother: grandmother, gran, nan, granny, grandma, nana, nanny
grandfather: grandfather, grandad, granddad, grandpa
aunt: aunt, auntie, aunty
uncle: uncle
brother: brother
sister: sister
cousin: cousin
son: son
daughter: daughter
husband: husband
wife: wife
partner: partner, boyfriend, girlfriend, other half
neighbour: neighbour, next door
lodger: lodger
man: man, bloke, guy
woman: woman, lady
boy: boy, lad
girl: girl
"""

PROFESSIONS = """
teacher: teacher, teaching assistant, ta, head teacher, headteacher, head of year, tutor
lead: lead, dsl, safeguarding lead
nurse: nurse
doctor: doctor, gp, paediatrician, consultant, registrar, psychiatrist, dr, practice
midwife: midwife
healthvisitor: health visitor, hv
socialworker: social worker, sw
police: police, officer, constable, sergeant, detective, pc, dc, ds, cops
prosecutor: prosecutor, cps
judge: judge, magistrate
carer: foster carer, carer, foster mother, foster father
leader: leader
manager: manager
driver: driver
"""

# A role may also be called by these wider or neighbouring words without having become somebody else.
WIDER = """
mother: parent, woman, family, wife, partner, carer, relative, daughter
father: parent, man, family, husband, partner, carer, relative, son
stepfather: parent, man, family, partner, husband, father, relative
stepmother: parent, woman, family, partner, wife, mother, relative
grandmother: grandparent, woman, family, relative, carer
grandfather: grandparent, man, family, relative, carer
aunt: relative, family, woman, carer, sister
uncle: relative, family, man, carer, brother
brother: sibling, relative, family, boy, son, man, child
sister: sibling, relative, family, girl, daughter, woman, child
cousin: relative, family, child
son: child, boy, baby
daughter: child, girl, baby
boy: child, son, baby, man
girl: child, daughter, baby, woman
baby: child, son, daughter, boy, girl
child: son, daughter, boy, girl, baby
husband: partner, man
wife: partner, woman
partner: man, woman, husband, wife, stepfather
man: stranger, adult, male, father, partner, stepfather, uncle, brother, boy
woman: stranger, adult, female, mother, partner, aunt, sister, girl
leader: manager, worker
lead: teacher, manager
"""

BOTH_PARENTS = frozenset({"mother", "father"})

# Common first names, for texts in which nothing is capitalised. Names that are also everyday words are left
# out.
FIRST_NAMES = words("""
    aaron abdul abdullah abigail adam adrian ahmed aidan aisha alan albert alex alexander alfie ali
    alice alison amanda amelia amina amir amira amy andrea andrew angela anita ann anna anne anthony
    archie arthur asha ava ayesha barbara ben benjamin bethany bilal brian callum cameron carl caroline
    catherine charles charlie charlotte chloe chris christine christopher claire connor craig daniel
    danielle darren david dawn dean deborah declan denise derek diane dominic donna dylan edward eleanor
    elena elizabeth ella ellie elliot ellis emily emma erin ethan eva evan evie farid fatima finlay
    fiona florence freddie freya gareth gary gavin george georgia gemma graham hannah harold harriet
    harrison harry harvey hassan heather helen henry holly ian ibrahim imran isaac isabella isla jack
    jackie jacob jade jake james jamie jane janet jason jasmine jayden jean jennifer jermaine jessica
    jim joanne jodie joe joel john jonathan jordan joseph josh joshua julia julie karen kate katherine
    katie keith kelly kevin khadija kieran kim kofi kyle laura lauren leah lee lena leo leon lewis liam
    linda lisa logan louise lucas lucy luke lydia marek margaret maria marie martin mary maryam mason
    matthew megan mia michael michelle mohammed molly mohamed muhammad nadia naomi natalie nathan neil
    niamh nicholas nicola nigel noah oliver olivia omar oscar owen patricia patrick paul paula peter
    philip phoebe priya rachel raj rebecca reece rhys richard robert robin ronald rosie rowan ruth ryan
    sally sam samantha samuel sana sandra sara sarah scott sean sharon shaun sheila simon sofia sophia
    sophie stacey stephanie stephen steven stuart susan suzanne sylvia tariq tasha teresa thomas tim
    timothy tina toby tom tony tracey trevor tyler vanessa victoria vincent wayne william yasmin yusuf
    zac zachary zainab zara zoe
""")

TITLES = words("mr mrs ms miss dr")

# Written with a capital by busy people although nobody's name.
NO_NAMES = words("""
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed weds thu thur thurs fri sat sun i
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december english british christmas easter ramadan eid god whatsapp
    facebook instagram snapchat tiktok office council court police school nursery hospital social
    services service children trust team child protection plan need section form department centre
    center street road house home health mental family north south east west green red black county city
    town borough local authority adult early years review core group state government england wales
    scotland ireland london
""")
